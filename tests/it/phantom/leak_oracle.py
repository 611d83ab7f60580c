import numpy as np
rng=np.random.default_rng(1)
P=dict(paper=(.10,.14,.08,.05,.05,2.6),default=(.05,.07,.22,.10,.10,2.0),clear=(.03,.03,.30,.12,.12,2.0))
def draw(n,pos,a,b,p1,p2,p3,al,mimic_sih):
    N=lambda:rng.standard_normal(n)
    like=rng.random(n)<((1-a) if pos else b)
    s=np.where(like,rng.beta(al,1.6,n),0)
    ok=np.ones(n,bool) if mimic_sih else ~like
    m1=np.where((rng.random(n)<p1)&ok&(not pos),rng.uniform(.5,1,n),0)
    im2=(rng.random(n)<p2)&ok&(not pos)
    m2=np.where(im2,rng.uniform(.8,2,n),0)
    m3=np.where((rng.random(n)<p3)&ok&(not pos),rng.uniform(1.5,3.5,n),0)
    g=N(); z=lambda:np.sqrt(.35)*g+np.sqrt(.65)*N()
    ssc=np.maximum(0,5+1.7*z()-4*s-3*m1);ppc=np.maximum(0,4.9+1.5*z()-2*s-3*m1);mpd=np.maximum(0,7+1.3*z()-4*s-2.5*m1)
    v=N()+4*s+m3
    f=np.where(rng.random(n)<.75,1,.2)
    d=.35*N()+2.4*s*f+m2
    sdc=(rng.random(n)<.35*s)|(im2&(rng.random(n)<.15))
    r=np.stack([d+.35*N()>.85,v+.7*N()>2,ssc+.7*N()<=4,sdc,ppc+.7*N()<=5,mpd+.7*N()<=6.5])
    t=np.stack([d>.85,v>2,ssc<=4,sdc,ppc<=5,mpd<=6.5])
    w=np.array([2,2,2,1,1,1])
    return r,w@r,t,w@t
def auc(p,n):
    from scipy.stats import mannwhitneyu
    return mannwhitneyu(p,n).statistic/len(p)/len(n)
for k,v in P.items():
  for ms in (True,False):
    rp,bp,tp,btp=draw(200000,True,*v,ms); rn,bn,tn,btn=draw(200000,False,*v,ms)
    w=66/129
    bands=[w*np.mean(c(bp))+(1-w)*np.mean(c(bn)) for c in (lambda x:x<=2,lambda x:(x>2)&(x<5),lambda x:x>=5)]
    print(k,ms,round(auc(bp,bn),4),'true',round(auc(btp,btn),4),np.round(bands,3),'pos',rp.mean(1).round(2),'neg',rn.mean(1).round(3))
